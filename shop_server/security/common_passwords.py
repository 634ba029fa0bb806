"""The passwords that are tried first, the world over and in India; none of them protects a shop."""

from __future__ import annotations

COMMON_PASSWORDS = frozenset(
    """
    01234567 012345678 0123456789 0987654321 11223344 1122334455 112233445566 123123123 12341234 12344321 1234512345
    123454321 1234554321 12345678 123456789 1234567890 12345678910 123456789a 12345678a 1234567a 123456abc 1234abcd
    123qwe123 123qweasd 13579246 147258369 159357456 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 456789123
    741852963 786786786 789456123 87654321 987654321 9876543210 a1234567 a12345678 a123456789 aa123456 aa12345678
    abc12345 abc123456 abc@1234 abcd1234 abcd1234! abcd@1234 abcde12345 abcdefgh abcdefghi abcdefghij admin123
    admin1234 admin12345 admin@123 admin@1234 adminadmin administrator ajay1234 allah786 amit1234 amit@123 android1
    anita123 anjali123 ankit123 ankit@123 arsenal1 asdf1234 asdfasdf asdfghjk asdfghjkl asdfqwer bajrang1 bangalore
    bangalore1 baseball baseball1 basketball batman123 bharat123 bharat@123 bismillah bismillah1 bismillah786
    blink182 business business1 business123 cashier1 cashier123 changeme changeme1 changeme123 charlie1 chelsea1
    chennai1 computer computer1 cricket1 cricket123 customer customer1 customer123 deepak123 deepika1 default1
    delhi123 delhi@123 demo1234 demo@123 dhoni123 dragon123 dukaan123 dukan123 dukandar facebook facebook1
    facebook123 football football1 freedom1 ganesh123 ganesha1 ganpati1 ganpati123 google123 googlepay gpay1234
    guest123 hanuman1 hanuman123 harekrishna harekrishna1 hareram1 hello123 hello1234 hello@123 hellohello hindustan
    hindustan1 hindustan123 hyderabad hyderabad1 iloveu123 iloveyou iloveyou1 iloveyou123 iloveyou2 india123
    india1234 india@123 india@1234 india@12345 indian123 indian@123 instagram internet internet1 jai@matadi jaihind1
    jaihind123 jaihind@123 jaimatadi jaimatadi1 jaimatadi123 jaishreekrishna jaishreeram jaishreeram1 jaishreeram123
    jaishriram jennifer jessica1 kavita123 killer123 kirana123 kirana@123 kohli123 kolkata1 kolkata123 krishna1
    krishna123 krishna@123 lakshmi1 lakshmi123 laxmi123 letmein1 letmein123 liverpool login123 login@123 love1234
    love12345 lovelove lovely123 loveyou1 mahadev1 mahadev123 mahadev@123 mahesh123 mamapapa manchester master123
    michael1 monkey123 msdhoni07 msdhoni7 mukesh123 mumbai123 mumbai@123 mummy123 mummydaddy mummypapa mummypapa1
    mustang1 myshop123 mystore1 mystore123 neha1234 neha@123 nokia1234 omnamahshivay omnamahshivaya omsairam
    omsairam1 omsairam123 p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword papamummy pass1234 pass12345 pass@123 pass@1234
    passw0rd passw0rd1 password password! password1 password12 password123 password1234 password@1 password@12
    password@123 paytm123 paytm@123 phonepe1 phonepe123 pokemon1 pokemon123 pooja123 pooja@123 princess princess1
    priya123 priya@123 q1w2e3r4 q1w2e3r4t5 qazwsx123 qazwsxedc qwe123456 qwer1234 qwerty12 qwerty123 qwerty1234
    qwerty12345 qwerty123456 qwerty@123 qwertyui qwertyuiop radhakrishna radhekrishna radheradhe rahul123 rahul1234
    rahul@123 rajesh123 raju1234 ramesh123 redmi1234 rohit123 rohit@123 root1234 rupees123 sachin10 sachin123
    saibaba1 saibaba123 sairam123 sairam@123 salman123 salmankhan samsung1 samsung123 sanjay123 secret123
    secretsecret shadow123 shahrukh shahrukhkhan shivshiv shop1234 shop@123 shopkeeper shopkeeper1 shopkeeper123
    spiderman spiderman1 starwars store123 store@123 sunita123 sunshine sunshine1 superman superman1 suresh123
    temp1234 temp@123 test1234 test12345 test@123 test@1234 testtest toor1234 trustno1 upi12345 user1234 vijay123
    virat123 viratkohli waheguru waheguru1 welcome1 welcome12 welcome123 welcome@1 welcome@123 whatever whatever1
    whatsapp whatsapp1 whatsapp123 youtube1 youtube123 zaq12wsx zxcvbnm1 zxcvbnm123 zxcvbnma
    """.split()  # noqa: SIM905  # a wall of words reads better than a wall of quotes
)
